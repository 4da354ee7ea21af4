//! The relying party's pages. What leads to the provider is always `#go`; `#login` is what it learned, `#refused` why
//! it believes nothing.

use super::town::RP;

fn page(body: &str) -> String {
    format!("<!doctype html><meta charset=utf-8><title>Relying party</title>{body}")
}

fn quoted(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

pub fn link(address: &str) -> String {
    page(&format!("<a id=go href=\"{}\">Log in</a>", quoted(address)))
}

/// A link to the relying party itself, which leads on to the provider.
pub fn redirect(address: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("to", address).finish();
    link(&format!("/leave?{query}"))
}

pub fn form(action: &str, parameters: &[(String, String)]) -> String {
    let field = |(name, value): &(String, String)| {
        format!("<input type=hidden name=\"{}\" value=\"{}\">", quoted(name), quoted(value))
    };
    let fields: String = parameters.iter().map(field).collect();
    page(&format!(
        "<form method=post action=\"{}\">{fields}<button id=go>Log in</button></form>",
        quoted(action)
    ))
}

/// A button that opens the provider in a window of its own, and tells what that window answers.
pub fn popup(address: &str) -> String {
    page(&format!(
        "<button id=go data-address=\"{}\">Log in</button><script>
        const go = document.getElementById('go');
        go.onclick = () => open(go.dataset.address, 'login', 'popup,width=480,height=640');
        onmessage = (message) => {{
            const told = document.createElement('pre');
            told.id = message.origin === 'https://{RP}' ? 'login' : 'refused';
            told.textContent = message.data;
            document.body.append(told);
        }};
        </script>",
        quoted(address)
    ))
}

/// The last page of the window that the popup's button opened.
pub fn tell_opener(login: &str) -> String {
    page(&format!(
        "<p id=told data-login=\"{}\">You can close this window.</p><script>
        const told = document.getElementById('told');
        if (opener) {{
            opener.postMessage(told.dataset.login, 'https://{RP}');
            close();
        }} else {{
            told.id = 'refused';
            told.textContent = 'this window does not know who opened it';
        }}
        </script>",
        quoted(login)
    ))
}

pub fn frame(address: &str) -> String {
    page(&format!("<iframe id=frame src=\"{}\"></iframe>", quoted(address)))
}

pub fn from_fragment() -> String {
    page(
        "<p data-transit>One moment.</p><script>
        const answer = location.hash.slice(1);
        if (answer) location.replace('/from-fragment?' + answer);
        else document.querySelector('p').id = 'refused';
        </script>",
    )
}

pub fn login(login: &str) -> String {
    page(&format!("<pre id=login>{}</pre>", quoted(login)))
}

pub fn refused(why: &str) -> String {
    page(&format!("<pre id=refused>{}</pre>", quoted(why)))
}
