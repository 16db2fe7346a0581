-- What each customer ordered (sales), and the campaign that first brought them in (marketing). One row a customer.
--
-- Both sides are output ports: one row a customer, one row an e-mail, so that no order can count twice. Each is worked
-- out inside its own PostgreSQL; Trino joins and sorts. E-mails are in lower case there.
SELECT r.customer_id, r.customer_name, r.total_orders, r.revenue, t.campaign_name
FROM sales.public.customer_revenue r
LEFT JOIN marketing.public.lead_first_touch t ON t.email = r.email
ORDER BY r.revenue DESC, r.customer_id
