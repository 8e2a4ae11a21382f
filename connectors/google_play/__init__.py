"""Google Play: reviews of an app in, answers out.

Takes a package name and a service account's key, gives reviews of the last week with our answers to them.
Never gives who wrote a review beyond a name, never deletes an answer, never reads the environment.
"""
