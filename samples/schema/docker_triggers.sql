-- Counter triggers of database `docker`, written from facts: 23 triggers, 23 functions, unqualified names.
-- They keep project.count_*, image_instance.count_image_*, annotation_index.*, count_comments and
-- count_reviewed_annotations. As at Cytomine, a hard delete does not look at `deleted`.

-- user_annotation (5)
CREATE FUNCTION beforeInsertUserAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.count_comments := COALESCE(NEW.count_comments, 0);
    NEW.count_reviewed_annotations := COALESCE(NEW.count_reviewed_annotations, 0);
    RETURN NEW;
END $$;

CREATE FUNCTION afterInsertUserAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.deleted IS NULL THEN
        UPDATE image_instance SET count_image_annotations = COALESCE(count_image_annotations, 0) + 1
         WHERE id = NEW.image_id;
        UPDATE project SET count_annotations = count_annotations + 1 WHERE id = NEW.project_id;
        INSERT INTO annotation_index (id, version, slice_id, user_id, count_annotation, count_reviewed_annotation)
        VALUES (nextval('hibernate_sequence'), 0, NEW.slice_id, NEW.user_id, 1, 0)
        ON CONFLICT (slice_id, user_id) DO UPDATE SET count_annotation = annotation_index.count_annotation + 1;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION beforeUpdateUserAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.deleted IS NULL AND NEW.deleted IS NOT NULL THEN
        UPDATE image_instance SET count_image_annotations = count_image_annotations - 1 WHERE id = NEW.image_id;
        UPDATE project SET count_annotations = count_annotations - 1 WHERE id = NEW.project_id;
    ELSIF OLD.deleted IS NOT NULL AND NEW.deleted IS NULL THEN
        UPDATE image_instance SET count_image_annotations = count_image_annotations + 1 WHERE id = NEW.image_id;
        UPDATE project SET count_annotations = count_annotations + 1 WHERE id = NEW.project_id;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION afterUpdateUserAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.deleted IS NULL AND NEW.deleted IS NOT NULL THEN
        UPDATE annotation_index SET count_annotation = count_annotation - 1
         WHERE slice_id = NEW.slice_id AND user_id = NEW.user_id;
    ELSIF OLD.deleted IS NOT NULL AND NEW.deleted IS NULL THEN
        UPDATE annotation_index SET count_annotation = count_annotation + 1
         WHERE slice_id = NEW.slice_id AND user_id = NEW.user_id;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION afterDeleteUserAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE image_instance SET count_image_annotations = count_image_annotations - 1 WHERE id = OLD.image_id;
    UPDATE project SET count_annotations = count_annotations - 1 WHERE id = OLD.project_id;
    UPDATE annotation_index SET count_annotation = count_annotation - 1
     WHERE slice_id = OLD.slice_id AND user_id = OLD.user_id;
    RETURN OLD;
END $$;

-- algo_annotation (5)
CREATE FUNCTION beforeInsertAlgoAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.count_comments := COALESCE(NEW.count_comments, 0);
    NEW.count_reviewed_annotations := COALESCE(NEW.count_reviewed_annotations, 0);
    RETURN NEW;
END $$;

CREATE FUNCTION afterInsertAlgoAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.deleted IS NULL THEN
        UPDATE image_instance SET count_image_job_annotations = count_image_job_annotations + 1
         WHERE id = NEW.image_id;
        UPDATE project SET count_job_annotations = count_job_annotations + 1 WHERE id = NEW.project_id;
        INSERT INTO annotation_index (id, version, slice_id, user_id, count_annotation, count_reviewed_annotation)
        VALUES (nextval('hibernate_sequence'), 0, NEW.slice_id, NEW.user_id, 1, 0)
        ON CONFLICT (slice_id, user_id) DO UPDATE SET count_annotation = annotation_index.count_annotation + 1;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION beforeUpdateAlgoAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.deleted IS NULL AND NEW.deleted IS NOT NULL THEN
        UPDATE image_instance SET count_image_job_annotations = count_image_job_annotations - 1
         WHERE id = NEW.image_id;
        UPDATE project SET count_job_annotations = count_job_annotations - 1 WHERE id = NEW.project_id;
    ELSIF OLD.deleted IS NOT NULL AND NEW.deleted IS NULL THEN
        UPDATE image_instance SET count_image_job_annotations = count_image_job_annotations + 1
         WHERE id = NEW.image_id;
        UPDATE project SET count_job_annotations = count_job_annotations + 1 WHERE id = NEW.project_id;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION afterUpdateAlgoAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.deleted IS NULL AND NEW.deleted IS NOT NULL THEN
        UPDATE annotation_index SET count_annotation = count_annotation - 1
         WHERE slice_id = NEW.slice_id AND user_id = NEW.user_id;
    ELSIF OLD.deleted IS NOT NULL AND NEW.deleted IS NULL THEN
        UPDATE annotation_index SET count_annotation = count_annotation + 1
         WHERE slice_id = NEW.slice_id AND user_id = NEW.user_id;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION afterDeleteAlgoAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE image_instance SET count_image_job_annotations = count_image_job_annotations - 1
     WHERE id = OLD.image_id;
    UPDATE project SET count_job_annotations = count_job_annotations - 1 WHERE id = OLD.project_id;
    UPDATE annotation_index SET count_annotation = count_annotation - 1
     WHERE slice_id = OLD.slice_id AND user_id = OLD.user_id;
    RETURN OLD;
END $$;

-- image_instance (6)
CREATE FUNCTION beforeInsertImageInstance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.count_image_annotations := COALESCE(NEW.count_image_annotations, 0);
    NEW.count_image_job_annotations := COALESCE(NEW.count_image_job_annotations, 0);
    NEW.count_image_reviewed_annotations := COALESCE(NEW.count_image_reviewed_annotations, 0);
    RETURN NEW;
END $$;

CREATE FUNCTION incrementProjectImage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.deleted IS NULL THEN
        UPDATE project SET count_images = count_images + 1 WHERE id = NEW.project_id;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION beforeUpdateImageInstance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.review_start IS NULL THEN
        NEW.review_stop := NULL;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION afterUpdateImageInstance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.deleted IS NULL AND NEW.deleted IS NOT NULL THEN
        UPDATE project SET count_images = count_images - 1 WHERE id = NEW.project_id;
    ELSIF OLD.deleted IS NOT NULL AND NEW.deleted IS NULL THEN
        UPDATE project SET count_images = count_images + 1 WHERE id = NEW.project_id;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION beforeDeleteImageInstance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM annotation_index
     USING slice_instance
     WHERE slice_instance.id = annotation_index.slice_id AND slice_instance.image_id = OLD.id;
    RETURN OLD;
END $$;

CREATE FUNCTION decrementProjectImage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE project SET count_images = count_images - 1 WHERE id = OLD.project_id;
    RETURN OLD;
END $$;

-- reviewed_annotation (5)
CREATE FUNCTION beforeInsertReviewedAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.count_comments := COALESCE(NEW.count_comments, 0);
    RETURN NEW;
END $$;

CREATE FUNCTION afterInsertReviewedAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE image_instance SET count_image_reviewed_annotations = count_image_reviewed_annotations + 1
     WHERE id = NEW.image_id;
    UPDATE project SET count_reviewed_annotations = count_reviewed_annotations + 1 WHERE id = NEW.project_id;
    UPDATE user_annotation SET count_reviewed_annotations = count_reviewed_annotations + 1
     WHERE id = NEW.parent_ident;
    UPDATE algo_annotation SET count_reviewed_annotations = count_reviewed_annotations + 1
     WHERE id = NEW.parent_ident;
    INSERT INTO annotation_index (id, version, slice_id, user_id, count_annotation, count_reviewed_annotation)
    VALUES (nextval('hibernate_sequence'), 0, NEW.slice_id, NEW.review_user_id, 0, 1)
    ON CONFLICT (slice_id, user_id)
    DO UPDATE SET count_reviewed_annotation = annotation_index.count_reviewed_annotation + 1;
    RETURN NEW;
END $$;

CREATE FUNCTION beforeUpdateReviewedAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.deleted IS NULL AND NEW.deleted IS NOT NULL THEN
        UPDATE image_instance SET count_image_reviewed_annotations = count_image_reviewed_annotations - 1
         WHERE id = NEW.image_id;
        UPDATE project SET count_reviewed_annotations = count_reviewed_annotations - 1 WHERE id = NEW.project_id;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION afterUpdateReviewedAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.deleted IS NULL AND NEW.deleted IS NOT NULL THEN
        UPDATE annotation_index SET count_reviewed_annotation = count_reviewed_annotation - 1
         WHERE slice_id = NEW.slice_id AND user_id = NEW.review_user_id;
    END IF;
    RETURN NEW;
END $$;

-- As at Cytomine this counts down the author's row, not the reviewer's: drift between the two is normal there.
CREATE FUNCTION afterDeleteReviewedAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE image_instance SET count_image_reviewed_annotations = count_image_reviewed_annotations - 1
     WHERE id = OLD.image_id;
    UPDATE project SET count_reviewed_annotations = count_reviewed_annotations - 1 WHERE id = OLD.project_id;
    UPDATE user_annotation SET count_reviewed_annotations = count_reviewed_annotations - 1
     WHERE id = OLD.parent_ident;
    UPDATE algo_annotation SET count_reviewed_annotations = count_reviewed_annotations - 1
     WHERE id = OLD.parent_ident;
    UPDATE annotation_index SET count_reviewed_annotation = count_reviewed_annotation - 1
     WHERE slice_id = OLD.slice_id AND user_id = OLD.user_id;
    RETURN OLD;
END $$;

-- shared_annotation (2)
CREATE FUNCTION afterInsertSharedAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE user_annotation SET count_comments = count_comments + 1 WHERE id = NEW.annotation_ident;
    UPDATE algo_annotation SET count_comments = count_comments + 1 WHERE id = NEW.annotation_ident;
    UPDATE reviewed_annotation SET count_comments = count_comments + 1 WHERE id = NEW.annotation_ident;
    RETURN NEW;
END $$;

CREATE FUNCTION afterDeleteSharedAnnotation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE user_annotation SET count_comments = count_comments - 1 WHERE id = OLD.annotation_ident;
    UPDATE algo_annotation SET count_comments = count_comments - 1 WHERE id = OLD.annotation_ident;
    UPDATE reviewed_annotation SET count_comments = count_comments - 1 WHERE id = OLD.annotation_ident;
    RETURN OLD;
END $$;

CREATE TRIGGER beforeInsertUserAnnotationTrigger BEFORE INSERT ON user_annotation FOR EACH ROW EXECUTE FUNCTION beforeInsertUserAnnotation();
CREATE TRIGGER afterInsertUserAnnotationTrigger AFTER INSERT ON user_annotation FOR EACH ROW EXECUTE FUNCTION afterInsertUserAnnotation();
CREATE TRIGGER beforeUpdateUserAnnotationTrigger BEFORE UPDATE ON user_annotation FOR EACH ROW EXECUTE FUNCTION beforeUpdateUserAnnotation();
CREATE TRIGGER afterUpdateUserAnnotationTrigger AFTER UPDATE ON user_annotation FOR EACH ROW EXECUTE FUNCTION afterUpdateUserAnnotation();
CREATE TRIGGER afterDeleteUserAnnotationTrigger AFTER DELETE ON user_annotation FOR EACH ROW EXECUTE FUNCTION afterDeleteUserAnnotation();
CREATE TRIGGER beforeInsertAlgoAnnotationTrigger BEFORE INSERT ON algo_annotation FOR EACH ROW EXECUTE FUNCTION beforeInsertAlgoAnnotation();
CREATE TRIGGER afterInsertAlgoAnnotationTrigger AFTER INSERT ON algo_annotation FOR EACH ROW EXECUTE FUNCTION afterInsertAlgoAnnotation();
CREATE TRIGGER beforeUpdateAlgoAnnotationTrigger BEFORE UPDATE ON algo_annotation FOR EACH ROW EXECUTE FUNCTION beforeUpdateAlgoAnnotation();
CREATE TRIGGER afterUpdateAlgoAnnotationTrigger AFTER UPDATE ON algo_annotation FOR EACH ROW EXECUTE FUNCTION afterUpdateAlgoAnnotation();
CREATE TRIGGER afterDeleteAlgoAnnotationTrigger AFTER DELETE ON algo_annotation FOR EACH ROW EXECUTE FUNCTION afterDeleteAlgoAnnotation();
CREATE TRIGGER beforeInsertReviewedAnnotationTrigger BEFORE INSERT ON reviewed_annotation FOR EACH ROW EXECUTE FUNCTION beforeInsertReviewedAnnotation();
CREATE TRIGGER afterInsertReviewedAnnotationTrigger AFTER INSERT ON reviewed_annotation FOR EACH ROW EXECUTE FUNCTION afterInsertReviewedAnnotation();
CREATE TRIGGER beforeUpdateReviewedAnnotationTrigger BEFORE UPDATE ON reviewed_annotation FOR EACH ROW EXECUTE FUNCTION beforeUpdateReviewedAnnotation();
CREATE TRIGGER afterUpdateReviewedAnnotationTrigger AFTER UPDATE ON reviewed_annotation FOR EACH ROW EXECUTE FUNCTION afterUpdateReviewedAnnotation();
CREATE TRIGGER afterDeleteReviewedAnnotationTrigger AFTER DELETE ON reviewed_annotation FOR EACH ROW EXECUTE FUNCTION afterDeleteReviewedAnnotation();
CREATE TRIGGER beforeInsertImageInstanceTrigger BEFORE INSERT ON image_instance FOR EACH ROW EXECUTE FUNCTION beforeInsertImageInstance();
CREATE TRIGGER afterInsertImageInstanceTrigger AFTER INSERT ON image_instance FOR EACH ROW EXECUTE FUNCTION incrementProjectImage();
CREATE TRIGGER beforeUpdateImageInstanceTrigger BEFORE UPDATE ON image_instance FOR EACH ROW EXECUTE FUNCTION beforeUpdateImageInstance();
CREATE TRIGGER afterUpdateImageInstanceTrigger AFTER UPDATE ON image_instance FOR EACH ROW EXECUTE FUNCTION afterUpdateImageInstance();
CREATE TRIGGER beforeDeleteImageInstanceTrigger BEFORE DELETE ON image_instance FOR EACH ROW EXECUTE FUNCTION beforeDeleteImageInstance();
CREATE TRIGGER afterDeleteImageInstanceTrigger AFTER DELETE ON image_instance FOR EACH ROW EXECUTE FUNCTION decrementProjectImage();
CREATE TRIGGER afterInsertSharedAnnotationTrigger AFTER INSERT ON shared_annotation FOR EACH ROW EXECUTE FUNCTION afterInsertSharedAnnotation();
CREATE TRIGGER afterDeleteSharedAnnotationTrigger AFTER DELETE ON shared_annotation FOR EACH ROW EXECUTE FUNCTION afterDeleteSharedAnnotation();
