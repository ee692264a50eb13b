-- Losses and base of the customers in churn_list (customer_id, once each).
-- The half-year is [$START, $END), the one before [$BEFORE, $START). $CURRENCY is the policy's.

-- relation: churn_line
SELECT l.customer_id, l.service, l.amount, l.reason, l.competitor, l.suspected_on, l.confirmed_on
FROM losses AS l
JOIN churn_list AS c ON c.customer_id = l.customer_id
WHERE l.currency = $CURRENCY
  AND ((l.confirmed_on >= $START AND l.confirmed_on < $END)
    OR (l.confirmed_on IS NULL AND l.suspected_on >= $START AND l.suspected_on < $END))

-- relation: churn_base
SELECT i.customer_id, $SUM(i.amount) AS amount
FROM income AS i
JOIN churn_list AS c ON c.customer_id = i.customer_id
WHERE i.currency = $CURRENCY AND i.booked_on >= $BEFORE AND i.booked_on < $START
GROUP BY i.customer_id
