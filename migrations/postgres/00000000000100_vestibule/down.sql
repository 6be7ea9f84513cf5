DROP TABLE vestibule_event;
DROP TABLE vestibule_session;
DROP TABLE vestibule_setup_link;
DROP TABLE vestibule_installation;
