-- Who reads data stores that the policy file calls sensitive, by which key and as whom
SELECT stores.account_id, stores.store_type, stores.store_name, access.account_id AS key_account_id,
  access.user_name, access.access_key_id, access.verdict, access.via, access.reason
FROM stores
JOIN access ON access.store_arn = stores.store_arn AND access.dt = stores.dt
WHERE stores.dt = (SELECT max(dt) FROM stores)
  AND stores.sensitive
ORDER BY stores.account_id, stores.store_name, access.account_id, access.user_name
