-- What an empty Cytomine already holds: roles, ACL classes, relation, filters, configuration, Liquibase's tables.

INSERT INTO sec_role (id, version, created, authority)
SELECT nextval('hibernate_sequence'), 0, timestamp '2023-06-01 08:00:00', authority
  FROM unnest(ARRAY['ROLE_GUEST', 'ROLE_USER', 'ROLE_ADMIN', 'ROLE_SUPER_ADMIN']) AS authority;

INSERT INTO acl_class (id, class)
SELECT nextval('hibernate_sequence'), class
  FROM unnest(ARRAY['be.cytomine.domain.project.Project', 'be.cytomine.domain.ontology.Ontology',
                    'be.cytomine.domain.image.server.Storage']) AS class;

INSERT INTO relation (id, version, created, name)
VALUES (nextval('hibernate_sequence'), 0, timestamp '2023-06-01 08:00:00', 'parent');

INSERT INTO image_filter (id, version, created, name, method, available)
SELECT nextval('hibernate_sequence'), 0, timestamp '2023-06-01 08:00:01', name, lower(replace(name, ' ', '_')), true
  FROM unnest(ARRAY['Binary', 'Huang Threshold', 'Intermodes Threshold', 'IsoData Threshold', 'Li Threshold',
                    'Max Entropy Threshold', 'Mean Threshold', 'Minimum Threshold', 'MinError(I) Threshold',
                    'Moments Threshold', 'Otsu Threshold', 'Renyi Entropy Threshold', 'Shanbhag Threshold',
                    'Triangle Threshold', 'Yen Threshold', 'Percentile Threshold', 'H&E Haematoxylin',
                    'H&E Eosin', 'HDAB Haematoxylin', 'HDAB DAB', 'Haematoxylin', 'Eosin',
                    'Red (RGB)', 'Green (RGB)', 'Blue (RGB)']) AS name;

INSERT INTO configuration (id, version, created, key, value, reading_role)
SELECT nextval('hibernate_sequence'), 0, timestamp '2023-06-01 08:00:02', key, value, 'ALL'
  FROM (VALUES ('WELCOME', '<h1>Bienvenue – 欢迎 – Καλώς ήρθατε</h1>' || chr(10) || '<p>C:\images\"new"</p>'),
               ('retrieval.enabled', 'false'), ('admin_email', 'admin@sample.invalid'),
               ('notification_email', ''), ('ldap_active', 'false')) AS seed (key, value);

INSERT INTO version (nid, deployed, major, minor, patch, number)
VALUES (1, timestamp '2023-06-01 08:00:03', 4, 4, 0, '4.4.0'), (2, timestamp '2024-04-02 06:00:03', 5, 0, 1, '5.0.1'),
       (3, timestamp '2025-04-24 06:00:03', 5, 1, 0, '5.1.0');

-- 33 rows, as many as CE 2025.1 has; one MARK_RAN, one id `6` twice, one file without a header.
INSERT INTO databasechangelog (id, author, filename, dateexecuted, orderexecuted, exectype, md5sum, description,
                               comments, tag, liquibase, contexts, labels, deployment_id)
SELECT CASE WHEN n = 3 THEN 'raw' WHEN n IN (9, 14) THEN '6' ELSE n::text END,
       CASE WHEN n = 3 THEN 'includeAll' WHEN n < 14 THEN 'init' ELSE 'core' END,
       'db/changelog/changesets/' || CASE n WHEN 1 THEN '00000000_1_init' WHEN 2 THEN '00000000_2_views'
            WHEN 3 THEN '00000000_3_trigger' WHEN 9 THEN '00000000_9_annot_links'
            WHEN 14 THEN '00000000_14_z_name' ELSE '00000000_' || n || '_change' END || '.sql',
       timestamp '2024-04-02 06:00:00' + n * interval '1 second' + (n > 13)::int * interval '387 days', n,
       CASE WHEN n = 1 THEN 'MARK_RAN' ELSE 'EXECUTED' END, '9:' || md5('docker' || n), 'sql', '', NULL,
       CASE WHEN n > 13 THEN '4.20.0' ELSE '4.9.1' END, 'prod', NULL,
       CASE WHEN n > 13 THEN '5474800000' ELSE '2037600000' END
  FROM generate_series(1, 33) AS n;

INSERT INTO databasechangeloglock (id, locked, lockgranted, lockedby) VALUES (1, false, NULL, NULL);
