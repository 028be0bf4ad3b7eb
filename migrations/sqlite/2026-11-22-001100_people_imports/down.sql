DROP TABLE people_import_rows;
DROP TABLE people_imports;
