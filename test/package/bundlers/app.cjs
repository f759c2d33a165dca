// The same program for a bundler that is given CommonJS.
require('./app.mjs');
