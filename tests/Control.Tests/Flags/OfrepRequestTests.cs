using System.Text;
using Microsoft.AspNetCore.Http;
using Snapback.Control.Flags;
using Xunit;

namespace Snapback.Control.Tests.Flags;

/// <summary>What applications send.</summary>
public sealed class OfrepRequestTests
{
    [Theory]
    [InlineData("""{"context":{"targetingKey":"ann","plan":["gold"]}}""", "ann", null)]
    [InlineData("""{"context":{"targetingKey":""}}""", null, null)]
    [InlineData("""{"context":{"targetingKey":null}}""", null, null)]
    [InlineData("""{"context":null}""", null, null)]
    [InlineData("{}", null, null)]
    [InlineData("", null, "PARSE_ERROR")]
    [InlineData("{", null, "PARSE_ERROR")]
    [InlineData("[]", null, "PARSE_ERROR")]
    [InlineData("""{"context":[]}""", null, "INVALID_CONTEXT")]
    [InlineData("""{"context":{"targetingKey":7}}""", null, "INVALID_CONTEXT")]
    // Half a character, and a byte that is none.
    [InlineData("""{"context":{"targetingKey":"\ud800"}}""", null, "PARSE_ERROR")]
    [InlineData("{\"context\":{\"targetingKey\":\"\u00ff\"}}", null, "PARSE_ERROR")]
    public async Task Its_user_is_named_or_its_fault_is(string body, string? user, string? fault)
    {
        var context = new DefaultHttpContext { Request = { Body = new MemoryStream(Encoding.Latin1.GetBytes(body)) } };
        var request = await OfrepRequest.ReadAsync(context);
        Assert.Equal((user, fault), (request.TargetingKey, request.ErrorCode));
    }
}
