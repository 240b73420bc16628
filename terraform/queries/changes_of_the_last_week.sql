-- What changed in the last seven reports
SELECT *
FROM changes
JOIN (
  SELECT ${organization}dt
  FROM (
    SELECT ${organization}dt, row_number() OVER (${of_organization}ORDER BY dt DESC) AS place
    FROM (SELECT DISTINCT ${organization}dt FROM accounts)
  )
  WHERE place <= 7
) AS recent USING (${organization}dt)
ORDER BY ${organization}dt DESC, account_id
