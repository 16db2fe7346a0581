-- The federated question asked of the tables behind the output ports: what examples/federated_query.sql is measured by.
WITH purchases AS (
    SELECT customer_id, count(*) AS total_orders, sum(total_amount) AS revenue
    FROM sales.public.orders
    GROUP BY customer_id
),
touches AS (
    SELECT
        lower(l.email) AS email,
        c.campaign_name,
        row_number() OVER (PARTITION BY lower(l.email) ORDER BY l.captured_at, l.lead_id) AS touch
    FROM marketing.public.leads l
    JOIN marketing.public.campaigns c ON c.campaign_id = l.campaign_id
)
SELECT
    c.customer_id,
    c.customer_name,
    coalesce(p.total_orders, 0) AS total_orders,
    coalesce(p.revenue, 0) AS revenue,
    t.campaign_name
FROM sales.public.customers c
LEFT JOIN purchases p ON p.customer_id = c.customer_id
LEFT JOIN touches t ON t.email = lower(c.email) AND t.touch = 1
ORDER BY revenue DESC, customer_id
