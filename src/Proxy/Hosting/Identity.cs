namespace Snapback.Proxy.Hosting;

/// <summary>
/// Who a caller is: a bearer token, checked as the <c>Authentication:Schemes:Bearer</c> section says, the framework's own. Without
/// that section nobody has claims and nothing is checked; with it, a token that is not valid makes nobody of its caller.
/// </summary>
internal static class Identity
{
    private const string Section = "Authentication:Schemes:Bearer";

    public static void Add(WebApplicationBuilder builder, IConfiguration configuration)
    {
        if (IsConfigured(configuration))
        {
            // Only this section: the rest of the file would configure the server a second time.
            builder.Configuration.AddInMemoryCollection(configuration.GetSection("Authentication").AsEnumerable());
            // Claims keep the names that they have in the token.
            builder.Services.AddAuthentication().AddJwtBearer(bearer => bearer.MapInboundClaims = false);
            builder.Services.AddAuthorization();
        }
    }

    /// <summary>After the routing, so that a route's own AuthorizationPolicy is seen.</summary>
    public static void Use(IApplicationBuilder app, IConfiguration configuration)
    {
        if (IsConfigured(configuration))
        {
            app.UseAuthentication();
            app.UseAuthorization();
        }
        else
        {
            // The framework's word for "it is there": YARP's services make it add its own in front of everything, which waits
            // with every request and asks nothing.
            app.Properties["__AuthorizationMiddlewareSet"] = true;
        }
    }

    private static bool IsConfigured(IConfiguration configuration) => configuration.GetSection(Section).Exists();
}
