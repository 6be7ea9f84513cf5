DROP TABLE inventory_item_tags;
DROP TABLE inventory_tag;
DROP TABLE inventory_item;
