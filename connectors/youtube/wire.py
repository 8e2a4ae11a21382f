"""YouTube's JSON: only the fields we use. Source: YouTube Data API v3, `commentThreads`, `comments`, `channels`."""

from pydantic import AwareDatetime, Field

from connectors.json_answers import Wire


class ChannelRef(Wire):
    value: str | None = None


class CommentFacts(Wire):
    display: str | None = Field(default=None, alias="textDisplay")
    """Plain text, as we ask for it."""
    original: str | None = Field(default=None, alias="textOriginal")
    """Only of comments that whoever asks has written."""
    author_name: str | None = Field(default=None, alias="authorDisplayName")
    author: ChannelRef = Field(default=ChannelRef(), alias="authorChannelId")
    parent_id: str | None = Field(default=None, alias="parentId")
    likes: int | None = Field(default=None, alias="likeCount")
    published_at: AwareDatetime = Field(alias="publishedAt")
    updated_at: AwareDatetime | None = Field(default=None, alias="updatedAt")


class Comment(Wire):
    id: str = Field(min_length=1)
    facts: CommentFacts = Field(alias="snippet")

    @property
    def text(self) -> str:
        return self.facts.original if self.facts.original is not None else self.facts.display or ""


class ThreadFacts(Wire):
    channel_id: str | None = Field(default=None, alias="channelId")
    video_id: str | None = Field(default=None, alias="videoId")
    top: Comment = Field(alias="topLevelComment")
    can_reply: bool | None = Field(default=None, alias="canReply")
    replies: int = Field(default=0, alias="totalReplyCount", ge=0)


class Replies(Wire):
    comments: tuple[object, ...] = ()


class Thread(Wire):
    """A comment under a video, and some of the replies to it."""

    id: str = Field(min_length=1)
    facts: ThreadFacts = Field(alias="snippet")
    some: Replies = Field(default=Replies(), alias="replies")


class Listed(Wire):
    """Every list of the API. `kind` is always there; without it this is some other answer."""

    kind: str = Field(pattern="^youtube#")
    items: tuple[object, ...] = ()
    """Read one by one, so that a broken one costs only itself."""
    next_token: str | None = Field(default=None, alias="nextPageToken")


class ChannelFacts(Wire):
    title: str | None = None
    description: str | None = None
    handle: str | None = Field(default=None, alias="customUrl")
    published_at: AwareDatetime | None = Field(default=None, alias="publishedAt")


class Counts(Wire):
    subscribers: int | None = Field(default=None, alias="subscriberCount")
    """Rounded to three digits."""
    hidden: bool = Field(default=False, alias="hiddenSubscriberCount")
    videos: int | None = Field(default=None, alias="videoCount")


class Profile(Wire):
    """A channel, as everybody sees it."""

    id: str
    facts: ChannelFacts = Field(default=ChannelFacts(), alias="snippet")
    counts: Counts = Field(default=Counts(), alias="statistics")
