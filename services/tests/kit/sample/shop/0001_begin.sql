-- The near side of the sample: customers, whose name the office has too, and their orders.
SELECT shop.make_audit();
SELECT shop.make_outbox();
SELECT shop.make_inbox();

CREATE TABLE shop.customer (
  workspace_id text NOT NULL,
  id text NOT NULL,
  name text NOT NULL,
  note text NOT NULL DEFAULT '',
  version bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace_id, id)
);
SELECT shop.declare_table('customer', 'workspace');
SELECT shop.send_changes('customer', 'id', ARRAY['name'], on_insert => true);

CREATE TABLE shop.purchase (
  workspace_id text NOT NULL,
  id text NOT NULL,
  customer_id text NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, customer_id) REFERENCES shop.customer ON DELETE CASCADE
);
SELECT shop.declare_table('purchase', 'workspace');

CREATE TABLE shop.line (
  workspace_id text NOT NULL,
  purchase_id text NOT NULL,
  n integer NOT NULL,
  PRIMARY KEY (workspace_id, purchase_id, n),
  FOREIGN KEY (workspace_id, purchase_id) REFERENCES shop.purchase ON DELETE CASCADE
);
SELECT shop.declare_table('line', 'workspace');

GRANT SELECT, INSERT, UPDATE, DELETE ON shop.customer, shop.purchase, shop.line TO shop_api;
GRANT SELECT, INSERT, UPDATE ON shop.inbox TO shop_api;
