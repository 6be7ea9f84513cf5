DROP TABLE "token_blacklist_blacklistedtoken";
DROP TABLE "token_blacklist_outstandingtoken";
