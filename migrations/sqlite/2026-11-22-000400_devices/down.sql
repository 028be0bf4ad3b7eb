DROP TABLE device_imports;
DROP TABLE devices;
