-- Active keys unused for 90 days: last used before, or never and older than that or of unknown age
SELECT ${organization}account_id, account_name, user_name, access_key_id, key_age_days, days_since_last_used, never_used, risk_level
FROM keys
JOIN (SELECT ${organization}max(dt) AS dt FROM accounts${by_organization}) AS newest USING (${organization}dt)
WHERE key_status = 'Active'
  AND (days_since_last_used > 90 OR never_used AND coalesce(key_age_days > 90, true))
ORDER BY days_since_last_used DESC
