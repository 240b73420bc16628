-- What changed in the last seven reports
SELECT *
FROM changes
WHERE dt IN (SELECT DISTINCT dt FROM accounts ORDER BY dt DESC LIMIT 7)
ORDER BY dt DESC, account_id
