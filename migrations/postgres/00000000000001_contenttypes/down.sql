DROP TABLE django_content_type;
DROP TABLE django_migrations;
