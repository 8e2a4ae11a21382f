"""App Store: reviews of an app in, answers out.

Takes an app's number and an API key of App Store Connect, gives reviews of all countries with our answers to them.
Never gives who wrote a review beyond a nickname, never deletes an answer, never reads the environment.
"""
