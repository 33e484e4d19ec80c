-- Database `appengine`: tasks, their parameters, runs and provisions. uuid keys; payloads are files, not rows.

CREATE TABLE author (
    identifier uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    created_date timestamp without time zone,
    last_modified_date timestamp without time zone,
    first_name character varying(255), last_name character varying(255),
    organization character varying(255), email character varying(255), is_contact boolean NOT NULL
);
CREATE TABLE task (
    identifier uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    created_date timestamp without time zone,
    last_modified_date timestamp without time zone,
    name character varying(255) NOT NULL, name_short character varying(255),
    namespace character varying(255) NOT NULL, version character varying(255) NOT NULL,
    description text, descriptor_file character varying(255), image_name character varying(255),
    storage_reference character varying(255), input_folder character varying(255),
    output_folder character varying(255), ram character varying(255), cpus integer, gpus integer,
    UNIQUE (namespace, version)
);
CREATE TABLE task_authors (
    task_identifier uuid NOT NULL REFERENCES task, authors_identifier uuid NOT NULL REFERENCES author,
    PRIMARY KEY (task_identifier, authors_identifier)
);
CREATE TABLE type (
    identifier uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    created_date timestamp without time zone, last_modified_date timestamp without time zone,
    id character varying(255), dtype character varying(31) NOT NULL
);
CREATE TABLE boolean_type (identifier uuid PRIMARY KEY REFERENCES type);
CREATE TABLE image_type (
    identifier uuid PRIMARY KEY REFERENCES type, max_file_size character varying(255),
    max_width integer, max_height integer, formats text[]
);
CREATE TABLE geometry_type (identifier uuid PRIMARY KEY REFERENCES type);
CREATE TABLE integer_type (identifier uuid PRIMARY KEY REFERENCES type, gt integer, geq integer, lt integer, leq integer);
CREATE TABLE number_type (
    identifier uuid PRIMARY KEY REFERENCES type, gt double precision, geq double precision, lt double precision,
    leq double precision, infinity_allowed boolean, nan_allowed boolean
);
CREATE TABLE string_type (identifier uuid PRIMARY KEY REFERENCES type, min_length integer, max_length integer);
CREATE TABLE enumeration_type (identifier uuid PRIMARY KEY REFERENCES type, "values" text[]);
CREATE TABLE input (
    identifier uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    created_date timestamp without time zone, last_modified_date timestamp without time zone,
    name character varying(255) NOT NULL, display_name character varying(255), description text,
    optional boolean NOT NULL, default_value text, task_id uuid REFERENCES task, type_id uuid REFERENCES type
);
CREATE TABLE output (
    identifier uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    created_date timestamp without time zone, last_modified_date timestamp without time zone,
    name character varying(255) NOT NULL, display_name character varying(255), description text,
    optional boolean NOT NULL, task_id uuid REFERENCES task, type_id uuid REFERENCES type,
    derived_from_id uuid REFERENCES input
);
CREATE TABLE run (
    identifier uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    created_at timestamp without time zone, updated_at timestamp without time zone,
    last_state_transition_at timestamp without time zone, state character varying(255) NOT NULL,
    secret character varying(255), task_identifier uuid REFERENCES task
);
CREATE TABLE type_provision (
    identifier uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    created_date timestamp without time zone, last_modified_date timestamp without time zone,
    parameter_name character varying(255) NOT NULL, run_id uuid REFERENCES run, dtype character varying(31) NOT NULL
);
CREATE TABLE boolean_provision (identifier uuid PRIMARY KEY REFERENCES type_provision, value boolean);
CREATE TABLE integer_provision (identifier uuid PRIMARY KEY REFERENCES type_provision, value integer);
CREATE TABLE number_provision (identifier uuid PRIMARY KEY REFERENCES type_provision, value double precision);
CREATE TABLE string_provision (identifier uuid PRIMARY KEY REFERENCES type_provision, value text);
CREATE TABLE run_provisions (
    run_identifier uuid NOT NULL REFERENCES run, provisions_identifier uuid NOT NULL REFERENCES type_provision,
    PRIMARY KEY (run_identifier, provisions_identifier)
);
CREATE INDEX run_task_index ON run (task_identifier);
CREATE INDEX input_task_index ON input (task_id);

CREATE TABLE databasechangelog (
    id character varying(255) NOT NULL, author character varying(255) NOT NULL, filename character varying(255) NOT NULL,
    dateexecuted timestamp without time zone NOT NULL, orderexecuted integer NOT NULL,
    exectype character varying(10) NOT NULL, md5sum character varying(35), description character varying(255),
    comments character varying(255), tag character varying(255), liquibase character varying(20),
    contexts character varying(255), labels character varying(255), deployment_id character varying(10)
);
CREATE TABLE databasechangeloglock (
    id integer PRIMARY KEY, locked boolean NOT NULL, lockgranted timestamp without time zone,
    lockedby character varying(255)
);

-- 7 rows, all raw/includeAll: only the file name tells them apart.
INSERT INTO databasechangelog
SELECT 'raw', 'includeAll', 'db/changelog/changesets/0000000' || n || '.sql',
       timestamp '2025-04-24 06:00:10' + n * interval '1 second', n, 'EXECUTED', '9:' || md5('appengine' || n), 'sql',
       '', NULL, '4.20.0', 'prod', NULL, '5474800010'
  FROM generate_series(1, 7) AS n;
INSERT INTO databasechangeloglock (id, locked) VALUES (1, false);

INSERT INTO author (identifier, created_date, first_name, last_name, organization, email, is_contact)
SELECT md5('author' || n)::uuid, timestamp '2025-04-25 09:00:00' + n * interval '1 day',
       (ARRAY['Zoë', '明', 'Ilir'])[1 + n % 3], (ARRAY['D''Haese', '李', 'Ñandú'])[1 + n % 3], 'Sample',
       'author' || n || '@sample.invalid', n % 3 = 0
  FROM generate_series(1, 4) AS n;

INSERT INTO task (identifier, created_date, name, name_short, namespace, version, description, descriptor_file,
                  image_name, storage_reference, input_folder, output_folder, ram, cpus, gpus)
SELECT md5('task' || n)::uuid, timestamp '2025-05-01 09:00:00' + n * interval '9 days',
       (ARRAY['Nuclei', 'Tissue – tumour', '细胞'])[1 + n % 3] || ' ' || n, 'task' || n, 'com.sample.task' || n,
       '1.' || n || '.0', E'Counts nuclei.\nTab\there, "quoted" \\ back-slashed.', 'descriptor.yml',
       'com/sample/task' || n || ':1.' || n || '.0', 'task-' || md5('task' || n)::uuid || '-def',
       '/inputs', '/outputs', '1Gi', 2, 0
  FROM generate_series(1, 6) AS n;

INSERT INTO task_authors
SELECT md5('task' || n)::uuid, md5('author' || 1 + n % 4)::uuid FROM generate_series(1, 6) AS n;

INSERT INTO type (identifier, created_date, id, dtype)
SELECT md5('type' || n)::uuid, timestamp '2025-05-01 09:00:00' + n * interval '9 days',
       (ARRAY['integer', 'number', 'string', 'boolean', 'image', 'geometry', 'enumeration'])[1 + n % 7],
       (ARRAY['IntegerType', 'NumberType', 'StringType', 'BooleanType', 'ImageType', 'GeometryType',
              'EnumerationType'])[1 + n % 7]
  FROM generate_series(1, 21) AS n;
INSERT INTO integer_type SELECT identifier, 0, NULL, 100, NULL FROM type WHERE id = 'integer';
INSERT INTO number_type SELECT identifier, 0.1, NULL, 'Infinity', NULL, true, false FROM type WHERE id = 'number';
INSERT INTO string_type SELECT identifier, 0, 255 FROM type WHERE id = 'string';
INSERT INTO boolean_type SELECT identifier FROM type WHERE id = 'boolean';
INSERT INTO image_type SELECT identifier, '1Gi', 20000, NULL, ARRAY['png', 'tiff'] FROM type WHERE id = 'image';
INSERT INTO geometry_type SELECT identifier FROM type WHERE id = 'geometry';
INSERT INTO enumeration_type SELECT identifier, ARRAY['a', 'é', '"q"', ''] FROM type WHERE id = 'enumeration';

INSERT INTO input (identifier, created_date, name, display_name, description, optional, default_value, task_id, type_id)
SELECT md5('input' || n)::uuid, timestamp '2025-05-01 09:00:00' + n * interval '9 days', 'parameter' || n,
       'Paramètre ' || n, NULL, n % 2 = 0, CASE WHEN n % 2 = 0 THEN '' END, md5('task' || 1 + n % 6)::uuid,
       md5('type' || n)::uuid
  FROM generate_series(1, 21) AS n;
INSERT INTO output (identifier, created_date, name, display_name, optional, task_id, type_id, derived_from_id)
SELECT md5('output' || n)::uuid, timestamp '2025-05-01 09:00:00' + n * interval '9 days', 'result' || n,
       'Résultat ' || n, false, md5('task' || n)::uuid, md5('type' || n)::uuid, md5('input' || n)::uuid
  FROM generate_series(1, 6) AS n;

INSERT INTO run (identifier, created_at, updated_at, last_state_transition_at, state, secret, task_identifier)
SELECT md5('run' || n)::uuid, timestamp '2025-06-01 09:00:00' + n * interval '7 hours',
       timestamp '2025-06-01 09:03:00' + n * interval '7 hours',
       timestamp '2025-06-01 09:03:00' + n * interval '7 hours',
       (ARRAY['FINISHED', 'FINISHED', 'FAILED', 'PROVISIONED'])[1 + n % 4], md5('secret' || n),
       md5('task' || 1 + n % 6)::uuid
  FROM generate_series(1, 120) AS n;
INSERT INTO type_provision (identifier, created_date, parameter_name, run_id, dtype)
SELECT md5('provision' || n)::uuid, timestamp '2025-06-01 09:01:00' + n / 3 * interval '7 hours', 'parameter' || n % 21,
       md5('run' || 1 + n / 3)::uuid,
       (ARRAY['IntegerProvision', 'NumberProvision', 'StringProvision', 'BooleanProvision'])[1 + n % 4]
  FROM generate_series(0, 359) AS n;
INSERT INTO integer_provision SELECT identifier, 42 FROM type_provision WHERE dtype = 'IntegerProvision';
INSERT INTO number_provision SELECT identifier, 'NaN' FROM type_provision WHERE dtype = 'NumberProvision';
INSERT INTO string_provision SELECT identifier, E'日本\\n' FROM type_provision WHERE dtype = 'StringProvision';
INSERT INTO boolean_provision SELECT identifier, true FROM type_provision WHERE dtype = 'BooleanProvision';
INSERT INTO run_provisions SELECT run_id, identifier FROM type_provision;
