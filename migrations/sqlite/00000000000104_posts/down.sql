DROP TABLE vestibule_profile;
DROP TABLE vestibule_post;
