DROP TABLE dormant_grants;
