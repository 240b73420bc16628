-- Keys older than 90 days, or of unknown age, in production accounts that are, or can become, an administrator
SELECT ${organization}account_id, account_name, user_name, access_key_id, key_age_days, key_last_used_at, admin_access, admin_via, recommended_action
FROM keys
JOIN (SELECT ${organization}max(dt) AS dt FROM accounts${by_organization}) AS newest USING (${organization}dt)
WHERE can_become_admin
  AND coalesce(key_age_days > 90, true)
  AND lower(json_extract_scalar(account_tags, '$.Environment')) IN ('prod', 'production')
ORDER BY key_age_days DESC
