-- Tables of database `docker` about annotations, actions and texts; written from facts.

CREATE TABLE user_annotation (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    location geometry NOT NULL,
    wkt_location text NOT NULL,
    area double precision,
    perimeter double precision,
    area_unit integer,
    perimeter_unit integer,
    geometry_compression double precision,
    count_comments integer NOT NULL,
    count_reviewed_annotations integer NOT NULL,
    image_id bigint NOT NULL,
    slice_id bigint,
    project_id bigint,
    user_id bigint NOT NULL
);

CREATE TABLE algo_annotation (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    location geometry NOT NULL,
    wkt_location text NOT NULL,
    area double precision,
    perimeter double precision,
    area_unit integer,
    perimeter_unit integer,
    geometry_compression double precision,
    count_comments integer NOT NULL,
    count_reviewed_annotations integer NOT NULL,
    image_id bigint NOT NULL,
    slice_id bigint,
    project_id bigint,
    user_id bigint NOT NULL
);

CREATE TABLE reviewed_annotation (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    location geometry NOT NULL,
    wkt_location text NOT NULL,
    area double precision,
    perimeter double precision,
    area_unit integer,
    perimeter_unit integer,
    geometry_compression double precision,
    count_comments integer NOT NULL,
    image_id bigint NOT NULL,
    slice_id bigint,
    project_id bigint,
    user_id bigint NOT NULL,
    parent_class_name character varying(255) NOT NULL,
    parent_ident bigint NOT NULL,
    review_user_id bigint NOT NULL,
    status integer NOT NULL
);

CREATE TABLE annotation_term (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    user_annotation_id bigint NOT NULL,
    term_id bigint NOT NULL,
    user_id bigint NOT NULL,
    UNIQUE (user_annotation_id, term_id, user_id)
);

CREATE TABLE algo_annotation_term (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    annotation_class_name character varying(255) NOT NULL,
    annotation_ident bigint NOT NULL,
    term_id bigint,
    expected_term_id bigint,
    rate double precision NOT NULL,
    project_id bigint,
    user_job_id bigint NOT NULL
);

-- Without a primary key until 2026-04-22: the same pair may stand twice.
CREATE TABLE reviewed_annotation_term (
    reviewed_annotation_terms_id bigint,
    term_id bigint
);

CREATE TABLE annotation_index (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    slice_id bigint,
    user_id bigint NOT NULL,
    count_annotation bigint NOT NULL,
    count_reviewed_annotation bigint NOT NULL,
    UNIQUE (slice_id, user_id)
);

CREATE TABLE annotation_group (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone DEFAULT now(),
    updated timestamp without time zone,
    deleted timestamp without time zone,
    image_group_id bigint NOT NULL,
    project_id bigint NOT NULL,
    type character varying(255) NOT NULL
);

CREATE TABLE annotation_link (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone DEFAULT now(),
    updated timestamp without time zone,
    deleted timestamp without time zone,
    annotation_class_name character varying(255) NOT NULL,
    annotation_ident bigint NOT NULL,
    group_id bigint NOT NULL,
    image_id bigint NOT NULL
);

CREATE TABLE track (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    name character varying(255) NOT NULL,
    color character varying(255) NOT NULL,
    image_id bigint NOT NULL,
    project_id bigint NOT NULL,
    UNIQUE (image_id, name)
);

CREATE TABLE annotation_track (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    annotation_class_name character varying(255) NOT NULL,
    annotation_ident bigint NOT NULL,
    slice_id bigint NOT NULL,
    track_id bigint NOT NULL,
    UNIQUE (annotation_ident, track_id)
);

CREATE TABLE shared_annotation (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    annotation_class_name character varying(255) NOT NULL,
    annotation_ident bigint NOT NULL,
    comment text,
    sender_id bigint NOT NULL
);

CREATE TABLE shared_annotation_user (
    shared_annotation_receivers_id bigint,
    user_id bigint
);

CREATE TABLE annotation_layer (
    id bigint PRIMARY KEY,
    name character varying(255) NOT NULL
);

CREATE TABLE annotation (
    id bigint PRIMARY KEY,
    layer_id bigint NOT NULL,
    location bytea NOT NULL
);

CREATE TABLE task_run (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone DEFAULT now(),
    updated timestamp without time zone,
    deleted timestamp without time zone,
    task_run_id character varying(255) NOT NULL UNIQUE,
    project_id bigint NOT NULL,
    user_id bigint NOT NULL,
    image_id bigint
);

CREATE TABLE task_run_layer (
    id bigint PRIMARY KEY,
    annotation_layer_id bigint NOT NULL,
    task_run_id bigint NOT NULL,
    image_instance_id bigint NOT NULL,
    parameter_name character varying(255),
    derived_from character varying(255)
);

CREATE TABLE crop_offset (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    task_run_layer_id bigint NOT NULL,
    x_offset integer NOT NULL,
    y_offset integer NOT NULL
);

CREATE TABLE property (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    domain_class_name character varying(255) NOT NULL,
    domain_ident bigint NOT NULL,
    key character varying(255) NOT NULL,
    value text NOT NULL
);

CREATE TABLE description (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    data text NOT NULL,
    domain_class_name character varying(255) NOT NULL,
    domain_ident bigint NOT NULL,
    UNIQUE (domain_ident)
);

CREATE TABLE attached_file (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    filename character varying(255) NOT NULL,
    key character varying(255),
    data bytea NOT NULL,
    domain_class_name character varying(255) NOT NULL,
    domain_ident bigint NOT NULL
);

CREATE TABLE tag (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    name character varying(255) NOT NULL UNIQUE,
    user_id bigint NOT NULL
);

CREATE TABLE tag_domain_association (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    tag_id bigint NOT NULL,
    domain_class_name character varying(255) NOT NULL,
    domain_id bigint NOT NULL,
    UNIQUE (tag_id, domain_id)
);

CREATE TABLE transaction (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone
);

CREATE TABLE command (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    class character varying(255) NOT NULL,
    service_name character varying(255),
    data text,
    action_message character varying(255),
    print_message boolean NOT NULL,
    save_on_undo_redo_stack boolean NOT NULL,
    project_id bigint,
    user_id bigint NOT NULL,
    transaction_id bigint
);

CREATE TABLE command_history (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    command_id bigint NOT NULL,
    message character varying(255) NOT NULL,
    prefix_action character varying(255) NOT NULL,
    project_id bigint,
    user_id bigint NOT NULL
);

CREATE TABLE undo_stack_item (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    command_id bigint NOT NULL,
    is_from_redo boolean NOT NULL,
    transaction_id bigint,
    user_id bigint NOT NULL
);

CREATE TABLE redo_stack_item (
    id bigint PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    command_id bigint NOT NULL,
    transaction_id bigint,
    user_id bigint NOT NULL
);

CREATE TABLE command_v2 (
    id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    created timestamp without time zone DEFAULT now() NOT NULL,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    data jsonb NOT NULL,
    user_id bigint NOT NULL,
    parent_command_id uuid
);

CREATE TABLE task (
    id bigint NOT NULL,
    progress integer NOT NULL,
    project_id bigint NOT NULL,
    user_id bigint NOT NULL,
    print_in_activity boolean NOT NULL
);

CREATE TABLE task_comment (
    task_id bigint NOT NULL,
    comment text,
    "timestamp" bigint NOT NULL
);

CREATE TABLE configuration (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    version bigint NOT NULL,
    created timestamp without time zone,
    updated timestamp without time zone,
    deleted timestamp without time zone,
    key character varying(255) NOT NULL UNIQUE,
    value text NOT NULL,
    reading_role character varying(255) NOT NULL
);

CREATE TABLE version (
    nid bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    deployed timestamp without time zone,
    major integer NOT NULL,
    minor integer NOT NULL,
    patch integer NOT NULL,
    number character varying(255)
);

CREATE TABLE databasechangelog (
    id character varying(255) NOT NULL,
    author character varying(255) NOT NULL,
    filename character varying(255) NOT NULL,
    dateexecuted timestamp without time zone NOT NULL,
    orderexecuted integer NOT NULL,
    exectype character varying(10) NOT NULL,
    md5sum character varying(35),
    description character varying(255),
    comments character varying(255),
    tag character varying(255),
    liquibase character varying(20),
    contexts character varying(255),
    labels character varying(255),
    deployment_id character varying(10)
);

CREATE TABLE databasechangeloglock (
    id integer PRIMARY KEY,
    locked boolean NOT NULL,
    lockgranted timestamp without time zone,
    lockedby character varying(255)
);
