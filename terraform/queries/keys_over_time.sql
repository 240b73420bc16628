-- Active keys, and those of administrators, day by day
SELECT ${organization}dt, count(*) AS active_keys, count(CASE WHEN can_become_admin THEN 1 END) AS administrators, avg(key_age_days) AS average_age_days
FROM keys
WHERE key_status = 'Active'
GROUP BY ${organization}dt
ORDER BY ${organization}dt
