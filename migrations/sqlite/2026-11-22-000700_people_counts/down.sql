DROP TABLE people_counts;
