-- Who reads data stores that the policy file calls sensitive, by which key and as whom
SELECT ${organization}stores.account_id, stores.store_type, stores.store_name, access.account_id AS key_account_id,
  access.user_name, access.access_key_id, access.verdict, access.via, access.reason
FROM stores
JOIN access USING (${organization}store_arn, dt)
JOIN (SELECT ${organization}max(dt) AS dt FROM accounts${by_organization}) AS newest USING (${organization}dt)
WHERE stores.sensitive
ORDER BY ${organization}stores.account_id, stores.store_name, access.account_id, access.user_name
