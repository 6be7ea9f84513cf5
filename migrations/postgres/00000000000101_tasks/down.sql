DROP TABLE vestibule_task;
