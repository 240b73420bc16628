-- Accounts that the newest report knows nothing, or not everything, about
SELECT ${organization}account_id, account_name, ou_path, coverage, coverage_note, failed_step, failed_code
FROM accounts
JOIN (SELECT ${organization}max(dt) AS dt FROM accounts${by_organization}) AS newest USING (${organization}dt)
WHERE coverage IN ('failed', 'partial')
ORDER BY ${organization}account_id
