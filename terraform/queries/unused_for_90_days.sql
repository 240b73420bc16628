-- Keys that signed no request for 90 days: first candidates to be deactivated
SELECT ${organization}account_id, account_name, user_name, access_key_id, key_age_days, days_since_last_used, never_used, risk_level
FROM keys
JOIN (SELECT ${organization}max(dt) AS dt FROM accounts${by_organization}) AS newest USING (${organization}dt)
WHERE key_age_days > 90
  AND (never_used OR days_since_last_used > 90)
ORDER BY days_since_last_used DESC
