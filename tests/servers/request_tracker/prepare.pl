# Fills a pristine RT database for the tests and prints what they need as one JSON object.
# Arguments: queue, name of the token's user, then custom fields as NAME:TYPE.
use strict;
use warnings;
use lib '/usr/share/request-tracker5/lib';
use JSON ();
use RT -init;

my ($queue_name, $user_name, @fields) = @ARGV;

sub must { my ($what, $ok, $message) = @_; die "$what: " . ($message // '') . "\n" unless $ok; return $ok }

my $queue = RT::Queue->new(RT->SystemUser);
must("queue $queue_name", $queue->Create(Name => $queue_name, Description => 'Social care'));
must('queue Elsewhere', RT::Queue->new(RT->SystemUser)->Create(Name => 'Elsewhere'));
must('queue Bare', RT::Queue->new(RT->SystemUser)->Create(Name => 'Bare'));

for my $field (@fields) {
    my ($name, $type) = split /:/, $field;
    my $custom_field = RT::CustomField->new(RT->SystemUser);
    must("custom field $name", $custom_field->Create(Name => $name, Type => $type, LookupType => 'RT::Queue-RT::Ticket'));
    must("custom field $name on $queue_name", $custom_field->AddToObject($queue));
}

# A user with the rights the documentation asks for and no other: what works here works for a careful operator.
my $user = RT::User->new(RT->SystemUser);
must("user $user_name", $user->Create(Name => $user_name, Privileged => 1, EmailAddress => "$user_name\@rt.test"));
for my $right (qw(SeeQueue CreateTicket ShowTicket ShowTicketComments CommentOnTicket SeeCustomField ModifyCustomField ModifyTicket)) {
    must($right, $user->PrincipalObj->GrantRight(Right => $right, Object => $RT::System));
}

sub token_of {
    my ($owner) = @_;
    my ($ok, $message, $secret) = RT::AuthToken->new(RT->SystemUser)->Create(Owner => $owner->id, Description => 'tests');
    must('token of ' . $owner->Name, $ok, $message);
    return $secret;
}

my $root = RT::User->new(RT->SystemUser);
$root->Load('root');
print JSON::encode_json({ token => token_of($user), admin_token => token_of($root), queue => $queue->Id });
