-- Active keys by organizational unit and risk
SELECT ${organization}coalesce(ou_level_1, 'Root') AS unit, risk_level, count(*) AS active_keys, count(DISTINCT account_id) AS accounts
FROM keys
JOIN (SELECT ${organization}max(dt) AS dt FROM accounts${by_organization}) AS newest USING (${organization}dt)
WHERE key_status = 'Active'
GROUP BY ${organization}coalesce(ou_level_1, 'Root'), risk_level
ORDER BY ${organization}unit, risk_level
