SELECT platform, name FROM platforms ORDER BY platform;
