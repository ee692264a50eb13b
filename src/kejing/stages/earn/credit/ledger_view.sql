-- The ledger view alone, where the policy keeps no shadow view.

-- view: credit
SELECT line_id, measure, task_measure, period, rm_id, unit_id, customer_id, 'ledger' AS view, role, share, amount, product, business_type, day
FROM credit_ledger
;
