-- Data stores whose own policy lets other accounts, or everybody, in
SELECT account_id, account_name, store_type, store_name, store_region, other_accounts, open_to_all, policy_status
FROM stores
WHERE dt = (SELECT max(dt) FROM stores)
  AND (open_to_all OR other_accounts <> '')
ORDER BY account_id, store_type, store_name
