DROP INDEX dormant_grants_of_role;
