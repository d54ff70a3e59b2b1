-- migrate:up

-- Who may give back so much may pay out so much: nobody is bound more than before by a right that is new. Keys have what their roles had.
UPDATE staff.roles SET rights = (rights::jsonb || jsonb_build_object('paid_out_max', rights::jsonb -> 'refund_max'))::text WHERE rights IS NOT NULL;
UPDATE staff.keys SET rights = (rights::jsonb || jsonb_build_object('paid_out_max', rights::jsonb -> 'refund_max'))::text WHERE rights IS NOT NULL;

-- migrate:down
UPDATE staff.keys SET rights = (rights::jsonb - 'paid_out_max')::text WHERE rights IS NOT NULL;
UPDATE staff.roles SET rights = (rights::jsonb - 'paid_out_max')::text WHERE rights IS NOT NULL;
