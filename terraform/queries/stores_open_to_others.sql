-- Data stores whose own policy lets other accounts, or everybody, in
SELECT ${organization}account_id, account_name, store_type, store_name, store_region, other_accounts, open_to_all, policy_status
FROM stores
JOIN (SELECT ${organization}max(dt) AS dt FROM accounts${by_organization}) AS newest USING (${organization}dt)
WHERE (open_to_all OR other_accounts <> '')
ORDER BY ${organization}account_id, store_type, store_name
