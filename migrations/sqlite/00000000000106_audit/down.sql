DROP TABLE vestibule_audit_head;
DROP TABLE vestibule_audit;
