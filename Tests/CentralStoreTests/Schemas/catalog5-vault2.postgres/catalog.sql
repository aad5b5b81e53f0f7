CREATE TABLE centre_key (
    name text NOT NULL COLLATE pg_catalog."C",
    secret bytea NOT NULL
);
CREATE TABLE client (
    id text NOT NULL COLLATE pg_catalog."C",
    name text COLLATE pg_catalog."C",
    added bigint NOT NULL,
    vault text
);
CREATE TABLE field_entry_database (
    kind text NOT NULL
);
CREATE TABLE invitation (
    id bytea NOT NULL,
    secret bytea NOT NULL,
    client text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    invited bigint NOT NULL,
    used bigint,
    station bytea,
    signing_key bytea,
    agreement_key bytea,
    expires bigint
);
CREATE TABLE invitation_promotion (
    invitation bytea NOT NULL,
    promotion text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE ledger (
    number bigint NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    client text NOT NULL COLLATE pg_catalog."C",
    station bytea,
    entry bytea,
    promotion text COLLATE pg_catalog."C",
    at bigint NOT NULL
);
CREATE TABLE personal_read (
    number bigint NOT NULL,
    at bigint NOT NULL,
    reader text NOT NULL COLLATE pg_catalog."C",
    client text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    promotion text COLLATE pg_catalog."C",
    entry bytea,
    purpose text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE schema_version (
    version integer NOT NULL
);
CREATE TABLE setting (
    name text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE staff (
    id text NOT NULL COLLATE pg_catalog."C",
    added bigint NOT NULL,
    token bytea,
    token_made bigint NOT NULL,
    removed bigint
);
CREATE TABLE staff_grant (
    staff text NOT NULL COLLATE pg_catalog."C",
    role text NOT NULL COLLATE pg_catalog."C",
    client text NOT NULL COLLATE pg_catalog."C"
);
INSERT INTO centre_key VALUES ('signing', '\xb1fb89f3220e21d625a1300766fdf96d77e99d1d37f5562fdb396d4834c8f0f7');
INSERT INTO centre_key VALUES ('agreement', '\x6883324a4c585c35d5d04652899f1592da7682d2237f809f018c0436205f0b60');
INSERT INTO centre_key VALUES ('mac', '\x0275b269f720ccd1fd414ce27a5c45acce6f9c24868c9ef07a1c3b15b7b845d1');
INSERT INTO client VALUES ('brightfizz', 'Bright Fizz', 1767225600000, 'postgres://tests@/tests?host=/tmp/pgdev&options=-csearch_path%3Dt20766_2');
INSERT INTO field_entry_database VALUES ('catalog');
INSERT INTO invitation VALUES ('\x90ca2f52cd00204659d8645ac0cec81b19e979335e188398d982227fb434277c', '\x077ba9b5e1c0525cb906a37c249ed8e8', 'brightfizz', 'one', 1767225600000, 1767225600000, '\x019b76daa8007851adc6ff261c57e874', '\xb04ee56c8c21e79206ce6cae200242457355f4d8483dfb92d9c67f3b36fce6f2', '\x8fa7d49c3f3832ad7cfaeaa4407276a1cac628facebfdea17327e1a81a8bce3b', 1768435200000);
INSERT INTO invitation VALUES ('\x25e618385f7a2ed78a391aa42bb1a98b89c49de8c0ffa1cce7bc9d1d724db6cc', '\x51dacbba62439caa5a32ab153903518c', 'brightfizz', 'two', 1767225600000, 1767225600000, '\x019b76daa800749ea7c6c86e0d9f4d93', '\xcf19f16fbfd054be0029ea4ecfdb695c04170b19bb473045edef169724514570', '\x098059a2da2f9c37a5ee84188f1f02d4c4101f2aaad27d33f4ffe91831b9b513', 1768435200000);
INSERT INTO invitation_promotion VALUES ('\x90ca2f52cd00204659d8645ac0cec81b19e979335e188398d982227fb434277c', 'summer');
INSERT INTO invitation_promotion VALUES ('\x25e618385f7a2ed78a391aa42bb1a98b89c49de8c0ffa1cce7bc9d1d724db6cc', 'summer');
INSERT INTO ledger VALUES (1, 'invited', 'brightfizz', NULL, NULL, NULL, 1767225600000);
INSERT INTO ledger VALUES (2, 'enrolled', 'brightfizz', '\x019b76daa8007851adc6ff261c57e874', NULL, NULL, 1767225600000);
INSERT INTO ledger VALUES (3, 'invited', 'brightfizz', NULL, NULL, NULL, 1767225600000);
INSERT INTO ledger VALUES (4, 'enrolled', 'brightfizz', '\x019b76daa800749ea7c6c86e0d9f4d93', NULL, NULL, 1767225600000);
INSERT INTO ledger VALUES (5, 'erased', 'brightfizz', NULL, '\x01a2095c148e7b639838d19bcb0b80cf', 'summer', 1767225600000);
INSERT INTO schema_version VALUES (1);
INSERT INTO schema_version VALUES (2);
INSERT INTO schema_version VALUES (3);
INSERT INTO schema_version VALUES (4);
INSERT INTO schema_version VALUES (5);
ALTER TABLE ONLY centre_key
    ADD CONSTRAINT centre_key_pkey PRIMARY KEY (name);
ALTER TABLE ONLY client
    ADD CONSTRAINT client_pkey PRIMARY KEY (id);
ALTER TABLE ONLY invitation
    ADD CONSTRAINT invitation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY invitation_promotion
    ADD CONSTRAINT invitation_promotion_pkey PRIMARY KEY (invitation, promotion);
ALTER TABLE ONLY ledger
    ADD CONSTRAINT ledger_pkey PRIMARY KEY (number);
ALTER TABLE ONLY personal_read
    ADD CONSTRAINT personal_read_pkey PRIMARY KEY (number);
ALTER TABLE ONLY setting
    ADD CONSTRAINT setting_pkey PRIMARY KEY (name);
ALTER TABLE ONLY staff_grant
    ADD CONSTRAINT staff_grant_pkey PRIMARY KEY (staff, role, client);
ALTER TABLE ONLY staff
    ADD CONSTRAINT staff_pkey PRIMARY KEY (id);
ALTER TABLE ONLY staff
    ADD CONSTRAINT staff_token_key UNIQUE (token);
