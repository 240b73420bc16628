-- Accounts that the newest report knows nothing, or not everything, about
SELECT account_id, account_name, ou_path, coverage, coverage_note, failed_step, failed_code
FROM accounts
WHERE dt = (SELECT max(dt) FROM accounts)
  AND coverage IN ('failed', 'partial')
ORDER BY account_id
