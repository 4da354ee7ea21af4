// OAuth 2.0 Form Post Response Mode: sends the answer on without a click.
// Called on the prototype, so that a parameter named "submit" cannot stand in the way.
const form = document.getElementById("form-post");
if (form) HTMLFormElement.prototype.submit.call(form);
