-- The four views of database `docker`: who sees and rules which project, by ACL; who uploaded which image.

CREATE VIEW user_project AS
SELECT DISTINCT project.*, sec_user.id AS user_id
  FROM project
  JOIN acl_object_identity ON acl_object_identity.object_id_identity = project.id
  JOIN acl_entry ON acl_entry.acl_object_identity = acl_object_identity.id
  JOIN acl_sid ON acl_sid.id = acl_entry.sid
  JOIN sec_user ON sec_user.username = acl_sid.sid
 WHERE acl_entry.mask >= 1 AND project.deleted IS NULL;

CREATE VIEW admin_project AS
SELECT DISTINCT project.*, sec_user.id AS user_id
  FROM project
  JOIN acl_object_identity ON acl_object_identity.object_id_identity = project.id
  JOIN acl_entry ON acl_entry.acl_object_identity = acl_object_identity.id
  JOIN acl_sid ON acl_sid.id = acl_entry.sid
  JOIN sec_user ON sec_user.username = acl_sid.sid
 WHERE acl_entry.mask = 16 AND project.deleted IS NULL;

CREATE VIEW creator_project AS
SELECT DISTINCT project.*, sec_user.id AS user_id
  FROM project
  JOIN acl_object_identity ON acl_object_identity.object_id_identity = project.id
  JOIN acl_sid ON acl_sid.id = acl_object_identity.owner_sid
  JOIN sec_user ON sec_user.username = acl_sid.sid
 WHERE project.deleted IS NULL;

CREATE VIEW user_image AS
SELECT image_instance.*, project.name AS project_name, abstract_image.original_filename,
       user_project.user_id AS user_image_id
  FROM image_instance
  JOIN project ON project.id = image_instance.project_id
  JOIN abstract_image ON abstract_image.id = image_instance.base_image_id
  JOIN user_project ON user_project.id = project.id
 WHERE image_instance.deleted IS NULL;
