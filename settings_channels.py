"""The settings of channels, a part of `settings.Settings`. Setting the first of a channel switches it on."""

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class ChannelSettings(BaseModel):
    """Account, credentials and pace of every channel."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bluesky_service: str = Field(default="https://bsky.social", description="Base URL of the account's server.")
    bluesky_handle: str | None = Field(
        default=None, description="Our account; setting it switches the Bluesky channel on."
    )
    bluesky_app_password: SecretStr | None = Field(default=None, description="App password of that account.")
    bluesky_jetstream: str | None = Field(
        default=None, description="wss:// address of a Jetstream that tells of deletions; none: posts are asked again."
    )
    bluesky_seconds: float = Field(default=20.0, gt=0, description="How often Bluesky is asked for news, seconds.")

    mastodon_url: str | None = Field(
        default=None, description="Base URL of our instance, e.g. https://mastodon.social; switches Mastodon on."
    )
    mastodon_token: SecretStr | None = Field(default=None, description="Access token of our account there.")
    mastodon_seconds: float = Field(default=30.0, gt=0, description="How often Mastodon is asked for news, seconds.")

    x_user_id: str | None = Field(default=None, description="Number of our account; setting it switches X on.")
    x_api: str = Field(default="https://api.x.com", description="Base URL of the API.")
    x_bearer_token: SecretStr | None = Field(default=None, description="App-only bearer token: reading without DMs.")
    x_consumer_key: SecretStr | None = Field(default=None, description="API key of the app.")
    x_consumer_secret: SecretStr | None = Field(
        default=None, description="API secret of the app; webhooks are signed with it."
    )
    x_access_token: SecretStr | None = Field(default=None, description="Access token of our account: answers, DMs.")
    x_access_token_secret: SecretStr | None = Field(default=None, description="Its secret.")
    x_search: str | None = Field(
        default=None, description="Query of the recent search, at most 512 characters. None: mentions alone."
    )
    x_words: Literal["old", "new"] = Field(
        default="old", description="Vocabulary of our requests: tweet.fields (old) or post.fields (new)."
    )
    x_monthly_budget: Decimal | None = Field(
        default=Decimal(100), ge=0, description="Most that is spent on X in a month, in US dollars."
    )
    x_prices: Path | None = Field(default=None, description="TOML file of prices for one unit. Default: those shipped.")
    x_history_posts: int = Field(
        default=20, ge=0, le=100, description="Most posts of an author that are looked up on X; each is paid for."
    )
    x_thread_posts: int = Field(
        default=20, ge=0, le=100, description="Most posts of a thread that are looked up on X; each is paid for."
    )
    x_automated_replies: bool = Field(
        default=False, description="Whether X approved automated replies of this app; only summoned ones are sent."
    )
    x_seconds: float = Field(default=60.0, gt=0, description="How often X is asked for news, seconds.")
    x_dm_seconds: float = Field(default=120.0, gt=0, description="How often its direct messages are read, seconds.")

    meta_app_secret: SecretStr | None = Field(
        default=None, description="App secret; webhooks are signed with it. Switches Facebook and its sisters on."
    )
    meta_verify_token: SecretStr | None = Field(default=None, description="Word chosen by us for the handshake.")
    meta_graph: str = Field(default="https://graph.facebook.com", description="Base URL of the Graph API.")
    meta_graph_version: str = Field(
        default="v26.0", pattern=r"^v\d+\.\d+$", description="Its version; an old one dies two years on."
    )
    meta_page_id: str | None = Field(default=None, description="Number of our Facebook Page.")
    meta_page_token: SecretStr | None = Field(default=None, description="Page access token, for Instagram too.")
    meta_instagram_id: str | None = Field(default=None, description="Number of our Instagram professional account.")
    whatsapp_phone_number_id: str | None = Field(default=None, description="Id of our WhatsApp number.")
    whatsapp_token: SecretStr | None = Field(default=None, description="System user token of WhatsApp.")
    threads_user_id: str | None = Field(default=None, description="Number of our Threads account.")
    threads_token: SecretStr | None = Field(
        default=None, description="Long-lived access token of Threads; it is renewed here."
    )
    threads_renew_days: int = Field(
        default=20, ge=2, le=59, description="A Threads token that ends in fewer days than this is renewed."
    )
    threads_graph: str = Field(default="https://graph.threads.net", description="Base URL of the Threads API.")
    threads_app_secret: SecretStr | None = Field(
        default=None, description="Secret of the Threads app. None: the app secret of Meta signs its webhooks too."
    )
    meta_human_agent: bool = Field(
        default=False, description="Whether Meta granted the human agent window of seven days."
    )
    meta_app_id: str | None = Field(
        default=None, description="Number of the Meta app; with it, expiry and permissions of the tokens are shown."
    )
    meta_deletion_url: str | None = Field(
        default=None, description="Page that says what became of a request to delete. Default: the public URL."
    )
    meta_instagram_tags: bool = Field(
        default=False, description="Whether media that tag us on Instagram are pulled; they are not pushed."
    )
    meta_seconds: float = Field(default=300.0, gt=0, description="How often such media are pulled, seconds.")

    mailbox_imap: str | None = Field(
        default=None, description="imaps://host or imap+starttls://host of our mailbox; switches e-mail on."
    )
    mailbox_smtp: str | None = Field(default=None, description="smtps:// or smtp+starttls:// address for answers.")
    mailbox_user: str | None = Field(default=None, description="User of the mailbox.")
    mailbox_password: SecretStr | None = Field(default=None, description="Its password, or an access token.")
    mailbox_login: Literal["password", "xoauth2"] = Field(
        default="password", description="How to log in; with a refresh token always xoauth2."
    )
    mailbox_refresh_token: SecretStr | None = Field(
        default=None,
        description="OAuth 2.0 refresh token of the mailbox: access tokens are renewed, no password is used.",
    )
    mailbox_token_url: str | None = Field(default=None, description="https:// address where they are renewed.")
    mailbox_client_id: str | None = Field(default=None, description="Id of the app the refresh token was given to.")
    mailbox_client_secret: SecretStr | None = Field(default=None, description="Its secret; none for a public app.")
    mailbox_scope: str | None = Field(default=None, description="Scope asked for with it. None: all that was granted.")
    mailbox_address: str | None = Field(default=None, description="Our address: sender of answers.")
    mailbox_folder: str = Field(default="INBOX", description="Folder that is read.")
    web_form: bool = Field(
        default=False, description="A form at /contact for anybody; what is written there is answered by e-mail."
    )
    mailbox_seconds: float = Field(default=30.0, gt=0, description="How often the mailbox is read, seconds.")

    telegram_token: SecretStr | None = Field(default=None, description="Token of our bot; switches Telegram on.")
    telegram_bot: str | None = Field(
        default=None, description="User name of our bot, without @: how groups address it."
    )
    telegram_api: str = Field(default="https://api.telegram.org", description="Base URL of the Bot API.")
    telegram_webhook_secret: SecretStr | None = Field(
        default=None, description="Secret of its webhook. None: updates are pulled."
    )
    telegram_seconds: float = Field(default=10.0, gt=0, description="How often updates are pulled, seconds.")

    youtube_channel_id: str | None = Field(default=None, description="Our channel, UC…; switches YouTube on.")
    youtube_api: str = Field(default="https://www.googleapis.com/youtube/v3", description="Base URL of the API.")
    youtube_key: SecretStr | None = Field(default=None, description="API key: reading.")
    youtube_client_id: str | None = Field(default=None, description="OAuth client: answers.")
    youtube_client_secret: SecretStr | None = Field(default=None, description="Its secret.")
    youtube_refresh_token: SecretStr | None = Field(
        default=None, description="Refresh token of the channel's owner, scope youtube.force-ssl."
    )
    youtube_daily_units: int = Field(default=10_000, ge=0, description="Units the project may use in a day.")
    youtube_seconds: float = Field(default=300.0, gt=0, description="How often comments are read, seconds.")
    google_token_url: str = Field(
        default="https://oauth2.googleapis.com/token", description="Where Google's access tokens are renewed."
    )

    google_play_package: str | None = Field(
        default=None, description="Package name of our app, e.g. com.larkbank.app; switches its reviews on."
    )
    google_play_api: str = Field(
        default="https://androidpublisher.googleapis.com", description="Base URL of the Android Publisher API."
    )
    google_play_account: Path | None = Field(default=None, description="JSON key file of a service account.")
    google_play_seconds: float = Field(default=1800.0, gt=0, description="How often its reviews are read, seconds.")

    app_store_app_id: str | None = Field(default=None, description="Number of our app; switches its reviews on.")
    app_store_api: str = Field(
        default="https://api.appstoreconnect.apple.com", description="Base URL of App Store Connect."
    )
    app_store_issuer: str | None = Field(default=None, description="Issuer id of the API key.")
    app_store_key_id: str | None = Field(default=None, description="Id of the API key.")
    app_store_key: Path | None = Field(default=None, description="Its .p8 file.")
    app_store_seconds: float = Field(default=1800.0, gt=0, description="How often its reviews are read, seconds.")

    public_url: str | None = Field(
        default=None, description="https:// address under which platforms and customers reach us."
    )
    api_batch: int = Field(default=500, ge=1, le=5000, description="Messages in one call of POST /api/messages.")
    history_days: int = Field(default=7, ge=0, le=30, description="Days of an author's posts that are looked up.")
    recheck_days: int = Field(
        default=30, ge=0, le=365, description="How long messages are asked for again, where deletions are not told."
    )
    recheck_hours: float = Field(default=24.0, gt=0, description="How often each is asked for, hours.")
    silence_false_alarms_per_year: float = Field(
        default=4.0, gt=0, description="How many false alarms of silence one channel may raise in a year."
    )
