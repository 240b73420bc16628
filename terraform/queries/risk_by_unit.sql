-- Active keys by organizational unit and risk
SELECT coalesce(ou_level_1, 'Root') AS unit, risk_level, count(*) AS active_keys, count(DISTINCT account_id) AS accounts
FROM keys
WHERE dt = (SELECT max(dt) FROM keys)
GROUP BY coalesce(ou_level_1, 'Root'), risk_level
ORDER BY unit, risk_level
