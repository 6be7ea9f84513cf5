DROP TABLE vestibule_signed_link;
DROP TABLE vestibule_secret_key;
