//! What the certification profiles of the OpenID Foundation ask of a provider, as its public suite does with static
//! clients: Basic, Implicit, Hybrid, each also with Form Post, and Config. A test bears the name of its module, with `_`
//! for `-`, and runs for every response type and mode whose plan has it. Signet is asked as the suite asks it: through
//! its pages, by the ids of their elements, without a script. What would be a warning there fails here.

mod configuration;
mod modules;
mod pitfalls;
mod requests;
mod suite;

use suite::{Plan, Suite};

use crate::support::App;

const FRAGMENT: &str = include_str!("conformance.yml");

/// Which plans have a module.
#[derive(Clone, Copy, Debug)]
struct In {
    basic: bool,
    implicit: bool,
    hybrid: bool,
    /// Whether only those response types have it that give an access token.
    access_token: bool,
    /// Whether it wants a nonce to be needed (`true`) or not (`false`).
    nonce: Option<bool>,
}

const EVERY: In = In { basic: true, implicit: true, hybrid: true, access_token: false, nonce: None };
/// Those that redeem codes, or send requests as the plans with codes do.
const WITH_CODE: In = In { implicit: false, ..EVERY };
const WITH_ACCESS_TOKEN: In = In { access_token: true, ..EVERY };
const WITH_NONCE: In = In { basic: false, nonce: Some(true), ..EVERY };
const WITHOUT_NONCE: In = In { nonce: Some(false), ..EVERY };

impl In {
    fn has(self, plan: Plan) -> bool {
        let kind = match plan.response_type {
            "code" => self.basic,
            "id_token" | "id_token token" => self.implicit,
            _ => self.hybrid,
        };
        let gives_access = plan.has("code") || plan.has("token");
        kind && (!self.access_token || gives_access)
            && self.nonce.is_none_or(|needed| needed == plan.has("id_token"))
    }

    fn plans(self) -> impl Iterator<Item = Plan> {
        let types =
            ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"];
        let both = |response_type| [false, true].map(|form_post| Plan { response_type, form_post });
        types.into_iter().flat_map(both).filter(move |plan| self.has(*plan))
    }
}

/// A test for each module, over its plans.
macro_rules! modules {
    ($($plans:ident: $($name:ident),+;)+) => {
        $($(
            #[tokio::test]
            async fn $name() {
                let app = App::with(FRAGMENT).await;
                for plan in $plans.plans() {
                    // What stands here last is what failed.
                    println!("{plan:?}");
                    modules::$name(&Suite { app: app.clone(), plan }).await;
                }
            }
        )+)+
    };
}

modules! {
    EVERY:
        oidcc_server,
        oidcc_scope_profile,
        oidcc_scope_email,
        oidcc_scope_address,
        oidcc_scope_phone,
        oidcc_scope_all,
        oidcc_alternate_happy_flow,
        oidcc_display_page,
        oidcc_display_popup,
        oidcc_prompt_login,
        oidcc_prompt_none_not_logged_in,
        oidcc_prompt_none_logged_in,
        oidcc_max_age_1,
        oidcc_max_age_10000,
        oidcc_ensure_request_with_unknown_parameter_succeeds,
        oidcc_id_token_hint,
        oidcc_login_hint,
        oidcc_ui_locales,
        oidcc_claims_locales,
        oidcc_ensure_request_with_acr_values_succeeds,
        oidcc_ensure_registered_redirect_uri,
        oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported,
        oidcc_ensure_request_object_with_redirect_uri,
        oidcc_claims_essential;
    WITH_ACCESS_TOKEN:
        oidcc_response_type_missing,
        oidcc_userinfo_get,
        oidcc_userinfo_post_header,
        oidcc_userinfo_post_body;
    WITH_NONCE:
        oidcc_ensure_request_without_nonce_fails;
    WITHOUT_NONCE:
        oidcc_ensure_request_without_nonce_succeeds_for_code_flow;
    WITH_CODE:
        oidcc_codereuse,
        oidcc_codereuse_30seconds,
        oidcc_ensure_post_request_succeeds,
        oidcc_server_client_secret_post,
        oidcc_refresh_token,
        oidcc_ensure_request_with_valid_pkce_succeeds;
}
