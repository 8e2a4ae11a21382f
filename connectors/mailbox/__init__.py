"""E-mail: what arrives in one folder of a mailbox (IMAP), answers out (SMTP).

Takes addresses of the servers and a login, gives mails as private messages with their author's last seven days.
Never marks a mail as seen, moves or deletes one, never answers a program by a program, never reads the environment.
"""
