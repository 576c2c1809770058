exports.isWarm = true;
