using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Snapback.Control.Signing;
using Snapback.Control.Tests.Sharing;
using Xunit;

namespace Snapback.Control.Tests.Signing;

/// <summary>What was signed here comes back; whatever else comes is nothing.</summary>
public sealed class SignedTextTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public void What_was_signed_is_believed_and_nothing_else()
    {
        var signed = new SignedText(Ring(), "sticky\nshop");
        var text = signed.Sign("1.4711.99");
        Assert.Equal("1.4711.99", Payload(signed, text));

        var alphabet = Gen.Char["abcXYZ019-_.=+/ é\0"];
        Gen.Select(Gen.Int[0, text.Length - 1], alphabet, Gen.Int[0, 2], Gen.String[alphabet, 0, 60]).Sample((at, letter, how, junk) =>
        {
            var mutated = how switch
            {
                0 => text[..at] + letter + text[(at + 1)..],
                1 => text[..at] + junk,
                _ => text.Insert(at, letter.ToString()),
            };
            return mutated == text || Payload(signed, mutated) is null;
        }, iter: 100_000);
    }

    [Fact]
    public void No_other_spelling_of_the_code_is_taken()
    {
        var signed = new SignedText(Ring(), "sticky\nshop");
        var text = signed.Sign("1.1.1");
        const string base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        Assert.Equal(1, base64.Count(last => Payload(signed, text[..^1] + last) is not null));
    }

    [Fact]
    public void What_is_signed_for_one_purpose_or_by_other_keys_is_nothing()
    {
        var ring = Ring();
        var text = new SignedText(ring, "sticky\nshop").Sign("1.1.1");
        Assert.Null(Payload(new SignedText(ring, "sticky\npayments"), text));
        Assert.Null(Payload(new SignedText(ring, "override"), text));
        using var other = new TempDirectory();
        Assert.Null(Payload(new SignedText(KeyRing.Open(other.At("keys"), NullLogger<KeyRing>.Instance), "sticky\nshop"), text));
    }

    [Fact]
    public void A_rotation_keeps_what_the_key_before_signed_and_forgets_the_one_before_that()
    {
        var ring = Ring();
        var signed = new SignedText(ring, "p");
        var first = signed.Sign("first");
        Rotate(ring);
        var second = signed.Sign("second");
        Assert.Equal(("first", "second"), (Payload(signed, first), Payload(signed, second)));
        Rotate(ring);
        Assert.Equal((null, "second"), (Payload(signed, first), Payload(signed, second)));
    }

    [Fact]
    public void Two_replicas_with_one_file_believe_each_other() =>
        Assert.Equal("x", Payload(new SignedText(Ring(), "p"), new SignedText(Ring(), "p").Sign("x")));

    [Theory]
    [InlineData("", "one or two")]
    [InlineData("k1 short", "Key 1")]
    [InlineData("k1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nk1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "different ids")]
    [InlineData("k1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nnot a key", "Key 2")]
    public void A_file_that_is_none_is_refused_and_its_lines_are_not_repeated(string text, string says)
    {
        File.WriteAllText(_directory.At("keys"), text);
        var e = Assert.Throws<InvalidDataException>(() => Ring());
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("AAAA", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slip_in_a_rotation_leaves_the_last_keys_in_force()
    {
        var ring = Ring();
        var signed = new SignedText(ring, "p");
        var text = signed.Sign("x");
        File.WriteAllText(_directory.At("keys"), "oops");
        ring.Reread();
        Assert.Equal("x", Payload(signed, text));
    }

    /// <summary>A link to itself is the one directory that even root cannot look into.</summary>
    [Fact]
    public void A_directory_that_cannot_be_looked_into_leaves_the_last_keys_in_force_until_it_can()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links take a privilege on Windows.");
        var (mount, away) = (_directory.At("mount"), _directory.At("away"));
        var ring = KeyRing.Open(Path.Combine(mount, "keys"), NullLogger<KeyRing>.Instance);
        var signed = new SignedText(ring, "p");
        var text = signed.Sign("x");
        Directory.Move(mount, away);
        Directory.CreateSymbolicLink(mount, mount);
        ring.Reread();
        Assert.Equal("x", Payload(signed, text));

        File.Delete(mount);
        Directory.Move(away, mount);
        KeyFile.Rotate(Path.Combine(mount, "keys"));
        var before = ring.Newest.Id;
        ring.Reread();
        Assert.NotEqual(before, ring.Newest.Id);
        Assert.Equal("x", Payload(signed, text));
    }

    /// <summary>Its file is a link that stays, into a directory that is itself reached by a link, and that one is put elsewhere.</summary>
    [Fact]
    public void A_rotated_Kubernetes_secret_is_taken()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links take a privilege on Windows.");
        KeyFile.Rotate(_directory.At("1/keys"));
        Directory.CreateSymbolicLink(_directory.At("..data"), "1");
        File.CreateSymbolicLink(_directory.At("keys"), Path.Combine("..data", "keys"));
        var ring = Ring();
        var signed = new SignedText(ring, "p");
        var text = signed.Sign("x");

        Directory.CreateDirectory(_directory.At("2"));
        File.Copy(_directory.At("1/keys"), _directory.At("2/keys"));
        KeyFile.Rotate(_directory.At("2/keys"));
        Directory.Delete(_directory.At("..data"));
        Directory.CreateSymbolicLink(_directory.At("..data"), "2");
        var before = ring.Newest.Id;
        ring.Reread();

        Assert.NotEqual(before, ring.Newest.Id);
        Assert.Equal("x", Payload(signed, text));
    }

    [Fact]
    public void The_file_is_made_for_nobody_elses_eyes()
    {
        Ring();
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory.At("keys")));
        }
    }

    [Fact]
    public void Keys_that_cannot_be_put_in_place_leave_nothing_beside_it()
    {
        Directory.CreateDirectory(_directory.At("keys"));
        Assert.ThrowsAny<Exception>(() => KeyFile.Rotate(_directory.At("keys")));
        Assert.Equal([_directory.At("keys")], Directory.GetFileSystemEntries(Path.GetDirectoryName(_directory.At("keys"))!));
    }

    public void Dispose() => _directory.Dispose();

    private KeyRing Ring() => KeyRing.Open(_directory.At("keys"), NullLogger<KeyRing>.Instance);

    private void Rotate(KeyRing ring)
    {
        KeyFile.Rotate(_directory.At("keys"));
        ring.Reread();
    }

    private static string? Payload(SignedText signed, string text) => signed.TryVerify(text, out var payload) ? payload.ToString() : null;
}
