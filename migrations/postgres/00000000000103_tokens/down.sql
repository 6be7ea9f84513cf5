DELETE FROM vestibule_task WHERE name = 'flushexpiredtokens';
DROP TABLE vestibule_token;
