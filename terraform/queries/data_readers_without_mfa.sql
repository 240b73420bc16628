-- Keys that read all of S3, RDS or DynamoDB, of users without MFA or of whom it is not known
SELECT ${organization}account_id, account_name, user_name, access_key_id, s3_read, rds_read, dynamodb_read, mfa_active, key_age_days
FROM keys
JOIN (SELECT ${organization}max(dt) AS dt FROM accounts${by_organization}) AS newest USING (${organization}dt)
WHERE 'all' IN (s3_read, rds_read, dynamodb_read)
  AND NOT coalesce(mfa_active, false)
ORDER BY ${organization}account_id, user_name, access_key_id
