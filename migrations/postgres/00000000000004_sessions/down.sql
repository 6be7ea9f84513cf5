DROP TABLE django_session;
