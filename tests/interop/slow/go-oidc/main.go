// A small application as go-oidc's and x/oauth2's documents write it: it signs people in with PKCE, verifies the ID
// token, and lets in who is in a group, if it has one. /verify takes an ID token and says what go-oidc makes of it.
package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"

	oidc "github.com/coreos/go-oidc"
	"golang.org/x/oauth2"
)

// What must come back with the answer to a request, kept with the browser.
type pending struct {
	State, Nonce, Verifier string
}

type app struct {
	config   oauth2.Config
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	group    string
}

func main() {
	address, issuer := os.Getenv("ADDRESS"), os.Getenv("ISSUER")
	provider, err := oidc.NewProvider(context.Background(), issuer)
	if err != nil {
		log.Fatal(err)
	}
	clientID := os.Getenv("CLIENT_ID")
	it := app{
		config: oauth2.Config{
			ClientID:     clientID,
			ClientSecret: os.Getenv("CLIENT_SECRET"),
			Endpoint:     provider.Endpoint(),
			RedirectURL:  os.Getenv("REDIRECT_URI"),
			Scopes:       strings.Fields(os.Getenv("SCOPE")),
		},
		provider: provider,
		verifier: provider.Verifier(&oidc.Config{ClientID: clientID}),
		group:    os.Getenv("GROUP"),
	}
	http.HandleFunc("/login", it.login)
	http.HandleFunc("/callback", it.callback)
	http.HandleFunc("/verify", it.verify)
	log.Fatal(http.ListenAndServe(address, nil))
}

func random() string {
	octets := make([]byte, 32)
	if _, err := rand.Read(octets); err != nil {
		log.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(octets)
}

func (it *app) login(w http.ResponseWriter, r *http.Request) {
	asked := pending{random(), random(), random()}
	kept, _ := json.Marshal(asked)
	http.SetCookie(w, &http.Cookie{
		Name: "pending", Value: base64.RawURLEncoding.EncodeToString(kept), Path: "/", HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
	hash := sha256.Sum256([]byte(asked.Verifier))
	parameters := []oauth2.AuthCodeOption{
		oidc.Nonce(asked.Nonce),
		oauth2.SetAuthURLParam("code_challenge", base64.RawURLEncoding.EncodeToString(hash[:])),
		oauth2.SetAuthURLParam("code_challenge_method", "S256"),
	}
	config := it.config
	if r.URL.Query().Has("offline") {
		// OpenID Connect Core 1.0 §11: who asks for offline access asks for consent.
		config.Scopes = append(config.Scopes[:len(config.Scopes):len(config.Scopes)], oidc.ScopeOfflineAccess)
		parameters = append(parameters, oauth2.SetAuthURLParam("prompt", "consent"))
	}
	http.Redirect(w, r, config.AuthCodeURL(asked.State, parameters...), http.StatusFound)
}

func (it *app) callback(w http.ResponseWriter, r *http.Request) {
	var asked pending
	if cookie, err := r.Cookie("pending"); err == nil {
		if kept, err := base64.RawURLEncoding.DecodeString(cookie.Value); err == nil {
			_ = json.Unmarshal(kept, &asked)
		}
	}
	query := r.URL.Query()
	if asked.State == "" || query.Get("state") != asked.State {
		http.Error(w, "state of another request", http.StatusBadRequest)
		return
	}
	if refusal := query.Get("error"); refusal != "" {
		http.Error(w, refusal, http.StatusForbidden)
		return
	}
	token, err := it.config.Exchange(r.Context(), query.Get("code"), oauth2.SetAuthURLParam("code_verifier", asked.Verifier))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := it.verifier.Verify(r.Context(), raw)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	if idToken.Nonce != asked.Nonce {
		http.Error(w, "nonce of another request", http.StatusUnauthorized)
		return
	}
	if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	offline := ""
	if token.RefreshToken != "" {
		// x/oauth2 renews a token that is over; here it is made to.
		token, offline = &oauth2.Token{RefreshToken: token.RefreshToken}, " with a renewed token"
	}
	source := it.config.TokenSource(r.Context(), token)
	info, err := it.provider.UserInfo(r.Context(), source)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	var claims struct {
		Name   string   `json:"name"`
		Groups []string `json:"groups"`
	}
	if err := info.Claims(&claims); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	welcome := it.group == ""
	for _, group := range claims.Groups {
		welcome = welcome || group == it.group
	}
	if info.Subject != idToken.Subject || !welcome {
		http.Error(w, "not in the group "+it.group, http.StatusForbidden)
		return
	}
	fmt.Fprintf(w, "%s <%s>%s", claims.Name, info.Email, offline)
}

func (it *app) verify(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	if _, err := it.verifier.Verify(r.Context(), string(raw)); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	fmt.Fprint(w, "good")
}
